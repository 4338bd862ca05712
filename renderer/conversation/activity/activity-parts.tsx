/**
 * What the head and the list show of what customers do. No part of it is a live region: it changes every few seconds, and a screen reader
 * reads it with the rest when somebody goes there. It stands in a line that is there anyway and does not move.
 */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { ConversationView } from '../../../shared/contracts/window.ts'
import { Line } from '../../text/text-views.tsx'
import type { CustomerActivity } from './activity-store.ts'
import { availabilityWords, doingWords } from './activity-words.ts'
import './activity.css'

interface PartProps {
  activity: StoreApi<CustomerActivity>
  view: ConversationView
}

/** In the line below the title: what somebody does stands in place of `known`, how somebody is behind it. */
export function HeadActivity({ activity, view, known, today }: PartProps & { known: string | null; today: number }) {
  const { t, i18n } = useTranslation()
  const one = useStore(activity, (state) => state.known.get(view.id))
  const doing = doingWords(t, one, view.group)
  const availability = one?.availability && availabilityWords(t, i18n.language, one.availability, today)
  return (
    <>
      {doing ? <Doing words={doing} what={one?.people[0]?.doing} /> : known && <Line text={known} />}
      {(doing ?? known) && ' · '}
      {!doing && availability && (
        <>
          <span className="activity-now" data-state={one?.availability?.state} data-testid="availability">
            {availability}
          </span>
          {' · '}
        </>
      )}
    </>
  )
}

function Doing({ words, what }: { words: string; what: string | undefined }) {
  return (
    <span className="activity-doing" data-doing={what} data-testid="doing">
      <Line text={words} />
    </span>
  )
}

/** In a row of the list, in place of the newest message. */
export function RowActivity({ activity, view, children }: PartProps & { children: ReactNode }) {
  const { t } = useTranslation()
  const one = useStore(activity, (state) => state.known.get(view.id))
  const doing = doingWords(t, one, view.group)
  return doing ? <Doing words={doing} what={one?.people[0]?.doing} /> : children
}
