/** What a salesperson does with a whole conversation: pin it, mute it, put it away, mark it for later. */
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import { Popup, PopupItem } from '../design/popup.tsx'
import { isUnread, type Inbox, type OwnMarks } from './inbox-store.ts'

export interface ConversationMenuProps {
  inbox: StoreApi<Inbox>
  conversation: string
  at: { x: number; y: number }
  onDate(conversation: string): void
  onClose(): void
}

export function ConversationMenu({ inbox, conversation, at, onDate, onClose }: ConversationMenuProps) {
  const { t } = useTranslation()
  const view = useStore(inbox, (state) => state.conversations.get(conversation))
  if (!view) return null
  const mark = (marks: OwnMarks) => () => {
    onClose()
    inbox.getState().mark(conversation, marks)
  }
  const pinned = view.pinnedAt !== null
  return (
    <Popup at={at} label={t('inbox.menu')} onClose={onClose} testId="conversation-menu">
      <PopupItem icon="pin" onPress={mark({ pinned: !pinned })} testId="mark-pin">
        {t(pinned ? 'inbox.unpin' : 'inbox.pin')}
      </PopupItem>
      <PopupItem icon="muted" onPress={mark({ muted: !view.muted })} testId="mark-mute">
        {t(view.muted ? 'inbox.unmute' : 'inbox.mute')}
      </PopupItem>
      {!isUnread(view) && (
        <PopupItem icon="unread" onPress={mark({ unread: true })} testId="mark-unread">
          {t('inbox.markUnread')}
        </PopupItem>
      )}
      <PopupItem
        icon="calendar"
        onPress={() => {
          onClose()
          onDate(conversation)
        }}
        testId="menu-date"
      >
        {t('date.open')}
      </PopupItem>
      <PopupItem icon="archive" onPress={mark({ archived: !view.archived })} testId="mark-archive">
        {t(view.archived ? 'inbox.unarchive' : 'inbox.archive')}
      </PopupItem>
    </Popup>
  )
}
