/** The open group beside its conversation: name, members with their roles, invite link, and what this account may change. */
import { useRef, useState, type FormEvent } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { Channel } from '../../shared/contracts/neutral-message.ts'
import type { GroupView } from '../../shared/contracts/window.ts'
import { colourOf } from '../design/avatar.tsx'
import { Confirm } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { Popup, PopupItem } from '../design/popup.tsx'
import { errorText } from '../strings/errors.ts'
import { initials, safeLine, safeText } from '../text/safe-text.ts'
import { Line } from '../text/text-views.tsx'
import { findGroupMembers, readAddresses, type GroupMember } from './group-members.ts'
import type { Group } from './group-store.ts'
import './group.css'

export interface GroupPanelProps {
  group: StoreApi<Group>
  channel: Channel
  onCopy(text: string): void
}

const rowHeight = 52

export function GroupPanel({ group, channel, onCopy }: GroupPanelProps) {
  const { t } = useTranslation()
  const { view, failure, setPanel } = useStore(group)
  const mayChange = view?.members.some((one) => one.self && one.role !== 'member') ?? false
  return (
    <aside className="group" aria-label={t('group.title')} data-testid="group-panel">
      <header className="group-head">
        <h2>{t('group.title')}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label={t('group.close')}
          onClick={() => setPanel(false)}
          data-testid="group-close"
        >
          <Icon name="close" />
        </button>
      </header>
      {failure && (
        <p className="note note-danger group-note" role="alert" data-testid="group-error">
          {errorText(t, failure)}
        </p>
      )}
      {view ? (
        <Known group={group} channel={channel} view={view} mayChange={mayChange} onCopy={onCopy} />
      ) : (
        <p className="group-note" role="status">
          {failure ? '' : t('conversation.loading')}
        </p>
      )}
    </aside>
  )
}

interface KnownProps extends GroupPanelProps {
  view: GroupView
  mayChange: boolean
}

function Known(props: KnownProps) {
  const { group, view, mayChange } = props
  const { t } = useTranslation()
  const [leaving, setLeaving] = useState(false)
  return (
    <>
      <Subject key={view.subject} {...props} />
      {view.description && (
        <p className="group-description" dir="auto">
          {safeText(view.description.slice(0, 2_000))}
        </p>
      )}
      {view.announce && <p className="group-note group-soft">{t('group.announce')}</p>}
      {(mayChange || view.inviteLink) && <Invite {...props} />}
      <Members {...props} />
      <button type="button" className="group-leave" onClick={() => setLeaving(true)} data-testid="group-leave">
        <Icon name="leave" size={20} /> {t('group.leave')}
      </button>
      {leaving && (
        <Confirm
          title={t('group.leaveTitle')}
          text={t('group.leaveText')}
          action={t('group.leave')}
          danger
          onConfirm={() => void group.getState().change('leave')}
          onClose={() => setLeaving(false)}
          testId="group-leave-confirm"
        />
      )}
    </>
  )
}

function Subject({ group, view, mayChange }: KnownProps) {
  const { t } = useTranslation()
  const busy = useStore(group, (state) => state.busy)
  const [text, setText] = useState(view.subject)
  const changed = text.trim() !== '' && text.trim() !== view.subject
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (changed) void group.getState().change('subject', [], text.trim())
  }
  if (!mayChange) {
    return (
      <p className="group-subject">
        <Line text={view.subject} fallback={t('inbox.noName')} />
      </p>
    )
  }
  return (
    <form className="group-line" onSubmit={submit}>
      <label className="field group-grow">
        {t('group.subject')}
        <input
          value={text}
          dir="auto"
          maxLength={128}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          data-testid="group-subject"
        />
      </label>
      {changed && (
        <button type="submit" className="button" disabled={busy} data-testid="group-subject-save">
          {t('group.save')}
        </button>
      )}
    </form>
  )
}

function Invite({ group, view, mayChange, onCopy }: KnownProps) {
  const { t } = useTranslation()
  const busy = useStore(group, (state) => state.busy)
  const link = view.inviteLink
  return (
    <div className="group-block">
      <span className="group-soft">{t('group.invite')}</span>
      {link && (
        <span className="group-link" data-testid="group-link">
          {safeLine(link, 200)}
        </span>
      )}
      <span className="group-buttons">
        {link && (
          <button type="button" className="group-action" onClick={() => onCopy(link)}>
            {t('group.copy')}
          </button>
        )}
        {mayChange && (
          <button
            type="button"
            className="group-action"
            disabled={busy}
            onClick={() => void group.getState().change('invite-link')}
            data-testid="group-invite"
          >
            {t(link ? 'group.inviteRenew' : 'group.inviteGet')}
          </button>
        )}
      </span>
    </div>
  )
}

function Members(props: KnownProps) {
  const { group, view, channel, mayChange } = props
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [adding, setAdding] = useState(false)
  const [menu, setMenu] = useState<{ member: GroupMember; at: { x: number; y: number } } | null>(null)
  const [removing, setRemoving] = useState<GroupMember | null>(null)
  const shown = findGroupMembers(view.members, text)
  const scroller = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- its functions are used in this component only
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => shown[index]?.ref ?? index,
    overscan: 6,
  })
  return (
    <>
      <div className="group-line">
        <label className="field group-grow">
          {t('group.members', { count: view.members.length })}
          <input
            value={text}
            placeholder={t('group.search')}
            onChange={(event) => setText(event.target.value)}
            maxLength={80}
            autoComplete="off"
            data-testid="group-search"
          />
        </label>
        {mayChange && (
          <button
            type="button"
            className="icon-button"
            aria-label={t('group.add')}
            title={t('group.add')}
            aria-expanded={adding}
            onClick={() => setAdding(!adding)}
            data-testid="group-add"
          >
            <Icon name="plus" size={22} />
          </button>
        )}
      </div>
      {adding && <Add group={group} channel={channel} onDone={() => setAdding(false)} />}
      <div className="group-list" ref={scroller} data-testid="group-members">
        <div className="group-space" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const member = shown[item.index]
            return (
              member && (
                <div key={member.ref} className="group-row" style={{ transform: `translateY(${item.start}px)` }}>
                  <MemberRow
                    member={member}
                    onMenu={mayChange && !member.self ? (at) => setMenu({ member, at }) : null}
                  />
                </div>
              )
            )
          })}
        </div>
      </div>
      {menu && (
        <MemberMenu {...menu} group={group} onRemove={() => setRemoving(menu.member)} onClose={() => setMenu(null)} />
      )}
      {removing && (
        <Confirm
          title={t('group.removeTitle', { name: safeLine(removing.person.name, 60) })}
          text={t('group.removeText')}
          action={t('page.remove')}
          danger
          onConfirm={() => void group.getState().change('remove', [removing.ref])}
          onClose={() => setRemoving(null)}
          testId="group-remove-confirm"
        />
      )}
    </>
  )
}

function MemberRow({
  member,
  onMenu,
}: {
  member: GroupMember
  onMenu: ((at: { x: number; y: number }) => void) | null
}) {
  const { t } = useTranslation()
  const name = safeLine(member.person.name, 80) || t('inbox.noName')
  return (
    <div className="group-member" data-testid="group-member" data-name={member.person.name} data-role={member.role}>
      <span className={`group-letters avatar-${colourOf(member.person.key)}`} aria-hidden="true">
        {initials(member.person.name)}
      </span>
      <span className="group-words">
        <span className="one-line">
          <Line text={name} />
        </span>
        {(member.self || member.role !== 'member') && (
          <span className="one-line group-soft">
            {[member.role === 'member' ? '' : t(`group.${member.role}`), member.self ? t('group.self') : '']
              .filter(Boolean)
              .join(' · ')}
          </span>
        )}
      </span>
      {onMenu && (
        <button
          type="button"
          className="icon-button"
          aria-label={t('group.actions', { name })}
          aria-haspopup="menu"
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect()
            onMenu({ x: box.left - 160, y: box.bottom })
          }}
          data-testid="member-menu-open"
        >
          <Icon name="more" size={18} />
        </button>
      )}
    </div>
  )
}

function MemberMenu(props: {
  group: StoreApi<Group>
  member: GroupMember
  at: { x: number; y: number }
  onRemove(): void
  onClose(): void
}) {
  const { t } = useTranslation()
  const { member, onClose } = props
  const { change } = props.group.getState()
  const act = (work: () => void) => () => {
    onClose()
    work()
  }
  return (
    <Popup
      at={props.at}
      label={t('group.actions', { name: safeLine(member.person.name, 60) })}
      onClose={onClose}
      testId="member-menu"
    >
      {member.role === 'member' && (
        <PopupItem icon="check" onPress={act(() => void change('promote', [member.ref]))} testId="member-promote">
          {t('group.promote')}
        </PopupItem>
      )}
      {member.role === 'admin' && (
        <PopupItem icon="down" onPress={act(() => void change('demote', [member.ref]))} testId="member-demote">
          {t('group.demote')}
        </PopupItem>
      )}
      {member.role !== 'owner' && (
        <PopupItem icon="trash" danger onPress={act(props.onRemove)} testId="member-remove">
          {t('group.remove')}
        </PopupItem>
      )}
    </Popup>
  )
}

function Add({ group, channel, onDone }: { group: StoreApi<Group>; channel: Channel; onDone(): void }) {
  const { t } = useTranslation()
  const busy = useStore(group, (state) => state.busy)
  const [text, setText] = useState('')
  const addresses = readAddresses(channel, text)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (addresses.length === 0) return
    void group
      .getState()
      .change('add', addresses)
      .then((done) => done && onDone())
  }
  return (
    <form className="group-line" onSubmit={submit}>
      <label className="field group-grow">
        {t('group.addHint')}
        <input
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          maxLength={1_000}
          autoComplete="off"
          data-testid="group-add-field"
        />
      </label>
      <button type="submit" className="button" disabled={busy || addresses.length === 0} data-testid="group-add-yes">
        {t('group.addYes')}
      </button>
    </form>
  )
}
