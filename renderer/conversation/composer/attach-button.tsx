/** The small menu beside the text: pictures, files, place, card, poll. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { StoreApi } from 'zustand'
import { Icon } from '../../design/icons.tsx'
import { Popup, PopupItem } from '../../design/popup.tsx'
import type { Composer } from './composer-store.ts'
import { QuickReplyDialog } from './quick-reply-dialog.tsx'
import type { QuickReplies } from './quick-reply-store.ts'
import { ContactDialog, LocationDialog, PollDialog } from './saying-dialogs.tsx'

type Asked = 'location' | 'contact' | 'poll' | 'quick'

export interface AttachButtonProps {
  composer: StoreApi<Composer>
  quick: StoreApi<QuickReplies>
  onFiles(files: readonly File[]): void
}

export function AttachButton({ composer, quick, onFiles }: AttachButtonProps) {
  const { t } = useTranslation()
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const pictures = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const openMenu = (): void => {
    const box = button.current?.getBoundingClientRect()
    if (box) setMenuAt({ x: box.left, y: box.top - 10 })
  }
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== 'o') return
      event.preventDefault()
      if (document.querySelector('[aria-modal="true"]') === null) openMenu()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  const close = useCallback(() => setMenuAt(null), [])
  const choose = (field: HTMLInputElement | null): void => {
    close()
    field?.click()
  }
  const ask = (what: Asked): void => {
    close()
    setAsked(what)
  }
  const field = (ref: typeof pictures, accept: string | undefined, testId: string) => (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      accept={accept}
      onChange={(event) => {
        onFiles([...(event.target.files ?? [])])
        // The same file can be chosen again.
        event.target.value = ''
      }}
      data-testid={testId}
    />
  )
  const dialog = { onClose: () => setAsked(null), onSay: composer.getState().sendSaying }
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button composer-button"
        aria-label={t('composer.attach')}
        title={t('composer.attach')}
        aria-haspopup="menu"
        aria-expanded={menuAt !== null}
        onClick={openMenu}
        data-testid="attach"
      >
        <Icon name="attach" size={22} />
      </button>
      {field(pictures, 'image/*,video/*', 'attach-pictures')}
      {field(files, undefined, 'attach-files')}
      {menuAt && (
        <Popup at={menuAt} above label={t('composer.attach')} onClose={close} testId="attach-menu">
          <PopupItem icon="picture" onPress={() => choose(pictures.current)} testId="attach-photo">
            {t('composer.photo')}
          </PopupItem>
          <PopupItem icon="file" onPress={() => choose(files.current)} testId="attach-file">
            {t('composer.file')}
          </PopupItem>
          <PopupItem icon="place" onPress={() => ask('location')} testId="attach-location">
            {t('composer.location')}
          </PopupItem>
          <PopupItem icon="person" onPress={() => ask('contact')} testId="attach-contact">
            {t('composer.contact')}
          </PopupItem>
          <PopupItem icon="poll" onPress={() => ask('poll')} testId="attach-poll">
            {t('composer.poll')}
          </PopupItem>
          <PopupItem icon="edit" onPress={() => ask('quick')} testId="attach-quick">
            {t('quick.open')}
          </PopupItem>
        </Popup>
      )}
      {asked === 'location' && <LocationDialog {...dialog} />}
      {asked === 'contact' && <ContactDialog {...dialog} />}
      {asked === 'poll' && <PollDialog {...dialog} />}
      {asked === 'quick' && <QuickReplyDialog quick={quick} onClose={dialog.onClose} />}
    </>
  )
}
