/** What a language has to bring: exactly the keys of the English catalogue, so that a missing one does not compile. */
import type { en } from './en.ts'

type Filled<Pattern> = { readonly [Key in keyof Pattern]: Pattern[Key] extends string ? string : Filled<Pattern[Key]> }
export type Catalogue = Filled<typeof en>

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en }
  }
}
