/** How far own files have gone up to their providers; passing, and kept nowhere. */
import { createContext, useContext } from 'react'
import { useStore, type StoreApi } from 'zustand'
import { createStore } from 'zustand/vanilla'

export interface UploadProgress {
  sent: number
  bytes: number
}

export interface Uploads {
  /** By message. */
  under: ReadonlyMap<string, UploadProgress>
  apply(message: string, progress: UploadProgress | null): void
  clear(): void
}

export function createUploads(): StoreApi<Uploads> {
  return createStore<Uploads>()((set, get) => ({
    under: new Map(),
    apply(message, progress) {
      const under = new Map(get().under)
      if (progress) under.set(message, progress)
      else under.delete(message)
      set({ under })
    },
    clear: () => set({ under: new Map() }),
  }))
}

export const UploadContext = createContext(createUploads())

/** Null: nothing of this message's file is under way. */
export function useUpload(message: string): UploadProgress | null {
  return useStore(useContext(UploadContext), (state) => state.under.get(message) ?? null)
}
