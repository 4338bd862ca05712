/** Keeps the schema library from compiling code at run time, which the page's policy forbids; must be imported before any schema. */
import { config } from 'zod'

config({ jitless: true })
