/** What is needed while the account is live. */
import type { TelegramLibrary } from './library.ts'
import type { TelegramLine } from './line.ts'
import type { UpdateFollower } from './update-follower.ts'

export interface LiveLine {
  library: TelegramLibrary
  line: TelegramLine
  follower: UpdateFollower
}
