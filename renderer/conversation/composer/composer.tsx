/** Where messages are written: text, answer, edit, files, voice, emoji, mentions, places, cards and polls. */
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
} from 'react'
import { useTranslation } from 'react-i18next'
import { useStore, type StoreApi } from 'zustand'
import type { QuickReply } from '../../../shared/contracts/own-desk.ts'
import type { GroupView } from '../../../shared/contracts/window.ts'
import { Icon } from '../../design/icons.tsx'
import { Popup } from '../../design/popup.tsx'
import { safeLine } from '../../text/safe-text.ts'
import type { OpenConversation } from '../conversation-store.ts'
import { focusNewestMessage } from '../message-keys.ts'
import { AttachButton } from './attach-button.tsx'
import type { Composer as ComposerState } from './composer-store.ts'
import { emptyDraft, lastEditable, mentionQuery, type DraftFile } from './draft.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { FileStrip } from './file-strip.tsx'
import { MentionList, findMembers } from './mention-list.tsx'
import { QuickReplyList } from './quick-reply-list.tsx'
import { fillIn, findReplies, quickQuery, type QuickReplies } from './quick-reply-store.ts'
import { RecordingBar } from './recording-bar.tsx'
import { useRecorder } from './recorder.ts'
import { SubjectBar } from './subject-bar.tsx'
import './composer.css'

export interface ComposerProps {
  conversation: StoreApi<OpenConversation>
  composer: StoreApi<ComposerState>
  members: GroupView['members']
  quick: StoreApi<QuickReplies>
  onFiles(files: readonly File[]): void
}

export function Composer({ conversation, composer, members, quick, onFiles }: ComposerProps) {
  const { t } = useTranslation()
  const id = useStore(conversation, (state) => state.id) ?? ''
  const draft = useStore(composer, (state) => state.drafts.get(id)) ?? emptyDraft
  const upload = useStore(composer, (state) => state.uploads.get(id))
  const { setText, send } = composer.getState()
  const field = useRef<HTMLTextAreaElement>(null)
  const [caret, setCaret] = useState(0)
  const inserted = useRef<number | null>(null)
  const [pickerAt, setPickerAt] = useState<{ x: number; y: number } | null>(null)
  const [active, setActive] = useState(0)
  const onVoice = useCallback((voice: DraftFile) => void composer.getState().sendVoice(voice), [composer])
  const recorder = useRecorder(onVoice)
  const isWriting = recorder.state === 'idle'
  useEffect(() => field.current?.focus(), [id, draft.reply, draft.edit?.message.id, isWriting])

  const text = draft.edit ? draft.edit.text : draft.text
  const query = draft.edit || members.length === 0 ? null : mentionQuery(text, caret)
  const found = query ? findMembers(members, query.query) : []
  const replies = useStore(quick, (state) => state.replies)
  const wanted = draft.edit ? null : quickQuery(text)
  const fitting = wanted === null ? [] : findReplies(replies, wanted)
  const canSend = text.trim() !== '' || draft.files.length > 0

  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    void send()
    field.current?.focus()
  }
  /** Puts words at the caret, in place of what begins at `from`. */
  const insert = (words: string, from?: number): void => {
    const at = field.current
    const [start, end] = [from ?? at?.selectionStart ?? text.length, at?.selectionEnd ?? text.length]
    setText(text.slice(0, start) + words + text.slice(end))
    const next = start + words.length
    setCaret(next)
    inserted.current = next
  }
  // Before the next key: whoever types on must not write in front of what was put in.
  useLayoutEffect(() => {
    const at = inserted.current
    inserted.current = null
    if (at === null) return
    field.current?.focus()
    field.current?.setSelectionRange(at, at)
  }, [text])
  const mention = (member: GroupView['members'][number]): void => {
    const name = safeLine(member.person.name, 60)
    composer.getState().addMention({ ref: member.ref, name })
    insert(`@${name} `, query?.from)
  }
  const answerQuickly = (reply: QuickReply): void => {
    const { view } = conversation.getState()
    insert(fillIn(reply, safeLine(view?.title ?? '', 60)), 0)
  }
  /** True when the key was for the list above the field. */
  const onListKey = (event: KeyboardEvent): boolean => {
    const count = found.length || fitting.length
    if (count === 0) return false
    const at = Math.min(active, count - 1)
    if (event.key === 'ArrowDown') setActive((at + 1) % count)
    else if (event.key === 'ArrowUp') setActive((at + count - 1) % count)
    else if (event.key === 'Enter' || event.key === 'Tab') {
      const [member, reply] = [found[at], fitting[at]]
      if (member) mention(member)
      else if (reply) answerQuickly(reply)
    } else return false
    return true
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // An input method's Enter takes a suggestion; it does not send.
    if (event.nativeEvent.isComposing) return
    if (onListKey(event)) return event.preventDefault()
    if (event.key === 'ArrowUp' && (event.ctrlKey || event.metaKey)) focusNewestMessage()
    else if (event.key === 'Enter' && !event.shiftKey) submit()
    else if (event.key === 'ArrowUp' && text === '' && draft.files.length === 0 && !event.ctrlKey && !event.altKey) {
      const last = lastEditable(conversation.getState().loaded.messages)
      if (!last) return
      composer.getState().edit(last)
    } else if (event.key === 'Escape' && (draft.edit || draft.reply)) leaveSubject()
    else return
    event.preventDefault()
  }
  const leaveSubject = (): void => {
    if (draft.edit) composer.getState().edit(null)
    else composer.getState().reply(null)
  }
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files]
    if (files.length === 0) return
    event.preventDefault()
    onFiles(files)
  }
  if (!isWriting) return <RecordingBar recorder={recorder} />
  return (
    <form className="composer" onSubmit={submit} onPaste={onPaste}>
      {query && found.length > 0 && <MentionList members={found} active={active} onChoose={mention} />}
      {fitting.length > 0 && <QuickReplyList replies={fitting} active={active} onChoose={answerQuickly} />}
      {recorder.failed && (
        <p className="note note-danger composer-wide" role="alert">
          {t('composer.noMicrophone')}
        </p>
      )}
      <SubjectBar draft={draft} onStop={leaveSubject} />
      {!draft.edit && (
        <FileStrip files={draft.files} upload={upload ?? null} onChange={composer.getState().changeFile} />
      )}
      <div className="composer-line">
        {!draft.edit && <AttachButton composer={composer} quick={quick} onFiles={onFiles} />}
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={t(draft.files.length > 0 ? 'composer.caption' : 'conversation.composer')}
          aria-label={t('conversation.composer')}
          onChange={(event) => {
            setText(event.target.value)
            setCaret(event.target.selectionStart)
            setActive(0)
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          data-testid="composer"
        />
        <button
          type="button"
          className="icon-button composer-button"
          aria-label={t('composer.emoji')}
          title={t('composer.emoji')}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect()
            setPickerAt({ x: box.right - 350, y: box.top - 10 })
          }}
          data-testid="emoji-open"
        >
          <Icon name="emoji" size={22} />
        </button>
        {canSend || draft.edit ? (
          <button
            type="submit"
            className="composer-send"
            aria-label={t(draft.edit ? 'composer.save' : 'conversation.send')}
            title={t(draft.edit ? 'composer.save' : 'conversation.send')}
            disabled={!canSend || upload !== undefined}
            data-testid="send"
          >
            <Icon name={draft.edit ? 'check' : 'send'} size={22} />
          </button>
        ) : (
          <button
            type="button"
            className="composer-send composer-record"
            aria-label={t('composer.record')}
            title={t('composer.record')}
            onClick={recorder.start}
            data-testid="record"
          >
            <Icon name="microphone" size={22} />
          </button>
        )}
      </div>
      {pickerAt && (
        <Popup
          at={pickerAt}
          above
          role="dialog"
          label={t('composer.emoji')}
          onClose={() => setPickerAt(null)}
          testId="emoji-popup"
        >
          <EmojiPicker onPick={(emoji) => insert(emoji)} />
        </Popup>
      )}
    </form>
  )
}
