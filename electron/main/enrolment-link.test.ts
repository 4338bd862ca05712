import { expect, test } from 'vitest'
import { findLinkedCode } from './enrolment-link.ts'

test.each([
  'sealdesk:enrol?code=SD1-abc_D-12ef',
  'sealdesk://enrol?code=SD1-abc_D-12ef',
  'SEALDESK://enrol/?code=SD1-abc_D-12ef',
])('%s carries its code, as typed and as browsers write it', (link) =>
  expect(findLinkedCode(['--profile=/p', link])).toEqual({ text: 'SD1-abc_D-12ef', linked: true }),
)

test.each([
  'sealdesk:enrol',
  'sealdesk:enrol?code=',
  'sealdesk:other?code=SD1-abc',
  'sealdesk:enrol?code=SD1 --no-sandbox',
  'sealdesk:enrol?code=SD1&profile=/tmp/x',
  'https://enrol?code=SD1-abc',
  `sealdesk:enrol?code=${'a'.repeat(4097)}`,
])('%s is no enrolment link', (link) => expect(findLinkedCode([link])).toBeNull())
