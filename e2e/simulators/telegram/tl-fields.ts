/** Typed access to the fields of decoded TL objects; a field of the wrong shape is refused as a real server does. */
import { isTlObject, type TlObject, type TlValue } from './tl-codec.ts'

/** An error that goes back to the client as rpc_error. */
export class RpcError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

function refuse(field: string): never {
  throw new RpcError(400, `INPUT_FIELD_INVALID_${field.toUpperCase()}`)
}

export function intOf(object: TlObject, field: string): number {
  const value = object[field]
  return typeof value === 'number' ? value : value === undefined ? 0 : refuse(field)
}

export function longOf(object: TlObject, field: string): bigint {
  const value = object[field]
  return typeof value === 'bigint' ? value : refuse(field)
}

export function textOf(object: TlObject, field: string): string {
  const value = object[field]
  return typeof value === 'string' ? value : value === undefined ? '' : refuse(field)
}

export function bytesOf(object: TlObject, field: string): Buffer {
  const value = object[field]
  return value instanceof Uint8Array ? Buffer.from(value) : refuse(field)
}

export function objectOf(object: TlObject, field: string): TlObject {
  const value = object[field]
  return isTlObject(value) ? value : refuse(field)
}

export function optionalObjectOf(object: TlObject, field: string): TlObject | null {
  return object[field] === undefined ? null : objectOf(object, field)
}

function listOf(object: TlObject, field: string): TlValue[] {
  const value = object[field]
  return Array.isArray(value) ? value : value === undefined ? [] : refuse(field)
}

export function objectsOf(object: TlObject, field: string): TlObject[] {
  return listOf(object, field).map((item) => (isTlObject(item) ? item : refuse(field)))
}

export function longsOf(object: TlObject, field: string): bigint[] {
  return listOf(object, field).map((item) => (typeof item === 'bigint' ? item : refuse(field)))
}
