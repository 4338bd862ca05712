/** The vault's name for the wall clock, which all rooms share. */
export { systemClock, systemClockSource, type Clock, type ClockSource } from '../shared/clock/clock.ts'
