/** A workstation whose clock is wrong; the last rows of the table, because time that was seen does not go back. */
import type { FaultRow } from '../harness/fault-bench.ts'
import type { Scene } from '../harness/fault-scene.ts'

const hoursMs = 2 * 3_600_000

/** The provider's time has whole seconds: what follows is written in a later one. */
async function later({ company }: Scene): Promise<void> {
  await company.control.advanceClock(2000)
}

const behind = (channel: FaultRow['channel'], arrived: string): FaultRow => ({
  name: `${channel}: a workstation’s clock that is hours behind moves no time and no order`,
  channel,
  act: async (scene) => {
    scene.company.skewWorkstation(-hoursMs)
    await scene.saidAndSeen('a question')
    await scene.sentUntil('an answer', arrived)
    await later(scene)
    await scene.saidAndSeen('another question')
    await scene.sentUntil('another answer', arrived)
    scene.company.skewWorkstation(0)
  },
  screen: {
    account: 'live',
    page: [
      'in a question received',
      `out an answer ${arrived}`,
      'in another question received',
      `out another answer ${arrived}`,
    ],
  },
  vault: [
    'in a question received',
    `out an answer ${arrived}`,
    'in another question received',
    `out another answer ${arrived}`,
  ],
})

const ahead = (channel: FaultRow['channel'], arrived: string): FaultRow => ({
  name: `${channel}: a workstation’s clock that is hours ahead moves nothing that customers write`,
  channel,
  act: async (scene) => {
    await scene.saidAndSeen('with the right clock')
    scene.company.skewWorkstation(hoursMs)
    await later(scene)
    await scene.saidAndSeen('while it is ahead')
    scene.company.skewWorkstation(0)
    await later(scene)
    await scene.saidAndSeen('with the right clock again')
    await scene.sentUntil('an answer', arrived)
  },
  screen: {
    account: 'live',
    page: [
      'in with the right clock received',
      'in while it is ahead received',
      'in with the right clock again received',
      `out an answer ${arrived}`,
    ],
  },
  vault: [
    'in with the right clock received',
    'in while it is ahead received',
    'in with the right clock again received',
    `out an answer ${arrived}`,
  ],
})

export const clockRows: FaultRow[] = [
  behind('whatsapp', 'delivered'),
  behind('telegram', 'sent'),
  ahead('whatsapp', 'delivered'),
  ahead('telegram', 'sent'),
]
