/** What can be done with one message, and the dialogs that some of it needs. */
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoreApi } from 'zustand'
import type { MessageView } from '../../shared/contracts/window.ts'
import { Confirm } from '../design/dialog.tsx'
import { Icon } from '../design/icons.tsx'
import { Popup, PopupItem } from '../design/popup.tsx'
import type { Composer } from './composer/composer-store.ts'
import { canDelete, canEdit } from './composer/draft.ts'
import { quickReactions } from './composer/emoji-data.ts'
import { EmojiPicker } from './composer/emoji-picker.tsx'
import { hasOwnText } from './content/body.tsx'
import { plainWords } from './content/segments.ts'
import type { OpenConversation } from './conversation-store.ts'
import { useTools } from './tools.ts'
import { useUpload } from '../media/upload-store.ts'

export interface MessageMenuProps {
  message: MessageView
  at: { x: number; y: number }
  conversation: StoreApi<OpenConversation>
  composer: StoreApi<Composer>
  onForward(message: MessageView): void
  onClose(): void
}

/** The provider knows the message: only then can something refer to it. */
function isThere(message: MessageView): boolean {
  return ['received', 'sent', 'delivered', 'read'].includes(message.state)
}

export function MessageMenu({ message, at, conversation, composer, onForward, onClose }: MessageMenuProps) {
  const { t } = useTranslation()
  const { channel, copy, react, vote, withdraw } = useTools()
  const upload = useUpload(message.id)
  const [step, setStep] = useState<'menu' | 'picker' | 'delete'>('menu')
  const mine = message.reactions.find((one) => one.mine)?.emoji ?? null
  const there = isThere(message) && message.deleted === null && message.kind !== 'raw'
  const act = (work: () => void) => () => {
    onClose()
    work()
  }
  const give = (emoji: string): void => act(() => react(message.id, emoji === mine ? null : emoji))()
  if (step === 'delete') {
    return (
      <Confirm
        title={t('message.deleteTitle')}
        text={t('message.deleteText')}
        action={t('message.deleteYes')}
        danger
        onConfirm={() => void conversation.getState().remove(message.id)}
        onClose={onClose}
        testId="delete-confirm"
      />
    )
  }
  if (step === 'picker') {
    return (
      <Popup key="picker" at={at} role="dialog" label={t('message.react')} onClose={onClose} testId="reaction-picker">
        <EmojiPicker onPick={give} />
      </Popup>
    )
  }
  const words = hasOwnText(message)
    ? plainWords(message.text, { channel, entities: message.entities, mentions: message.details?.mentions ?? [] })
    : ''
  const item = (shown: boolean, node: ReactNode): ReactNode => (shown ? node : null)
  return (
    <Popup key="menu" at={at} label={t('message.menu')} onClose={onClose} testId="message-menu">
      {there && (
        <div className="menu-reactions">
          {quickReactions.map((emoji) => (
            <button
              key={emoji}
              type="button"
              role="menuitemcheckbox"
              aria-checked={emoji === mine}
              onClick={() => give(emoji)}
              data-testid={`react-${emoji}`}
            >
              {emoji}
            </button>
          ))}
          <button
            type="button"
            role="menuitem"
            aria-label={t('message.moreReactions')}
            title={t('message.moreReactions')}
            onClick={() => setStep('picker')}
            data-testid="react-more"
          >
            <Icon name="plus" size={18} />
          </button>
        </div>
      )}
      {item(
        isThere(message),
        <PopupItem icon="reply" onPress={act(() => composer.getState().reply(message))} testId="menu-reply">
          {t('message.reply')}
        </PopupItem>,
      )}
      {item(
        (message.state === 'queued' && !message.waits) || upload !== null,
        <PopupItem icon="stop" danger onPress={act(() => withdraw(message.id))} testId="menu-withdraw">
          {t('message.withdraw')}
        </PopupItem>,
      )}
      {item(
        canEdit(message),
        <PopupItem icon="edit" onPress={act(() => composer.getState().edit(message))} testId="menu-edit">
          {t('message.edit')}
        </PopupItem>,
      )}
      {item(
        words !== '',
        <PopupItem icon="copy" onPress={act(() => copy(words))} testId="menu-copy">
          {t('message.copy')}
        </PopupItem>,
      )}
      {item(
        message.kind !== 'raw' && message.kind !== 'poll' && message.kind !== 'service',
        <PopupItem icon="forward" onPress={act(() => onForward(message))} testId="menu-forward">
          {t('message.forward')}
        </PopupItem>,
      )}
      {item(
        message.kind === 'poll' && message.votes.some((one) => one.mine),
        <PopupItem icon="poll" onPress={act(() => vote(message.id, []))} testId="menu-unvote">
          {t('message.retractVote')}
        </PopupItem>,
      )}
      {item(
        canDelete(message),
        <PopupItem icon="trash" danger onPress={() => setStep('delete')} testId="menu-delete">
          {t('message.delete')}
        </PopupItem>,
      )}
    </Popup>
  )
}
