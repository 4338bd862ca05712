/** A message's file for as long as a part of the page shows it. */
import { createContext, useContext, useEffect, useState } from 'react'
import { codeOf } from '../strings/errors.ts'
import type { HeldFile, MediaCache } from './media-cache.ts'

export const MediaContext = createContext<MediaCache | null>(null)

export interface ShownFile {
  file: HeldFile | null
  /** Code of why it could not be read. */
  failure: string | null
}

const none: ShownFile = { file: null, failure: null }

/** Reads while `wanted`; `mime` is the type under which the page shows it, never the sender's own. */
export function useMedia(message: string, mime: string | null, wanted: boolean): ShownFile {
  const cache = useContext(MediaContext)
  const [shown, setShown] = useState<ShownFile & { of: string }>({ ...none, of: message })
  useEffect(() => {
    if (!cache || !wanted || mime === null) return
    let gone = false
    const showing = cache.show(message, mime)
    showing.file.then(
      (file) => gone || setShown({ file, failure: null, of: message }),
      (error: unknown) => gone || setShown({ file: null, failure: codeOf(error), of: message }),
    )
    return () => {
      gone = true
      setShown({ ...none, of: message })
      showing.release()
    }
  }, [cache, message, mime, wanted])
  return shown.of === message && wanted ? shown : none
}
