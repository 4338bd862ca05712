/** Sentences that the salesperson keeps for answers: fetched once, found by what is typed behind `/`. */
import { createStore } from 'zustand/vanilla'
import type { Client } from '../../../shared/contracts/contract.ts'
import type { QuickReply } from '../../../shared/contracts/own-desk.ts'
import type { windowContract } from '../../../shared/contracts/window.ts'
import { codeOf } from '../../strings/errors.ts'

export interface QuickReplies {
  replies: readonly QuickReply[]
  failure: string | null
  load(): Promise<void>
  /** True when it was kept. */
  keep(reply: QuickReply): Promise<boolean>
  drop(name: string): Promise<void>
  clear(): void
}

const mostShown = 8

/** What is typed behind `/`, which must be the whole text; null: no quick reply is being looked for. */
export function quickQuery(text: string): string | null {
  return /^\/[^\s/]{0,32}$/u.test(text) ? text.slice(1) : null
}

export function findReplies(replies: readonly QuickReply[], query: string): QuickReply[] {
  const wanted = query.toLocaleLowerCase()
  return replies.filter(({ name }) => name.toLocaleLowerCase().startsWith(wanted)).slice(0, mostShown)
}

export function fillIn({ text }: QuickReply, name: string): string {
  // A function: in a plain replacement a name with a dollar sign would be a pattern.
  return text.replaceAll('{name}', () => name)
}

export function createQuickReplies(call: Client<typeof windowContract>) {
  return createStore<QuickReplies>()((set, get) => {
    const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
      set({ failure: null })
      try {
        await work()
        await get().load()
        return true
      } catch (error) {
        set({ failure: codeOf(error) })
        return false
      }
    }
    return {
      replies: [],
      failure: null,
      async load() {
        const { replies } = await call('quickReplies.list', {})
        set({ replies })
      },
      keep: (reply) => attempt(() => call('quickReply.keep', reply)),
      drop: async (name) => void (await attempt(() => call('quickReply.drop', { name }))),
      clear: () => set({ replies: [], failure: null }),
    }
  })
}
