/** The vault's name for the movable clock, which all rooms share; packaged builds swap the shared module for its closed twin. */
export { openClock } from '../shared/clock/test-clock.ts'
