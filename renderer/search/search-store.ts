/** Search across all conversations: the newest question wins, older answers are dropped. */
import { createStore } from 'zustand/vanilla'
import type { Client, Output } from '../../shared/contracts/contract.ts'
import type { windowContract } from '../../shared/contracts/window.ts'
import { codeOf } from '../strings/errors.ts'

export type SearchHit = Output<typeof windowContract, 'search'>['hits'][number]
export const searchLimit = 100
const maxQuestion = 200

export interface Search {
  text: string
  searching: boolean
  hits: readonly SearchHit[]
  failure: string | null
  setText(text: string): void
  clear(): void
}

const idle = { text: '', searching: false, hits: [], failure: null }

/** `delay` waits for typing to pause; injected in tests. */
export function createSearch(call: Client<typeof windowContract>, delay: () => Promise<void>) {
  return createStore<Search>()((set) => {
    let questions = 0
    const ask = async (text: string, mine: number): Promise<void> => {
      await delay()
      if (mine !== questions) return
      try {
        const { hits } = await call('search', { text, limit: searchLimit })
        if (mine === questions) set({ hits, searching: false })
      } catch (error) {
        if (mine === questions) set({ hits: [], searching: false, failure: codeOf(error) })
      }
    }
    return {
      ...idle,
      setText(text) {
        const mine = ++questions
        const asked = text.trim().slice(0, maxQuestion)
        if (!asked) return set({ ...idle, text })
        set({ text, searching: true, failure: null })
        void ask(asked, mine)
      },
      clear() {
        questions += 1
        set({ ...idle })
      },
    }
  })
}
