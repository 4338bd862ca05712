/** A dialog around a form: Enter submits, an error stays inside, and nothing is asked twice while it runs. */
import { Form, Modal, type FormInstance } from 'antd'
import { useId, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { ErrorNotice } from './error-notice.tsx'
import { codedError } from './use-load.ts'

/** Marks the field that a dialog begins with. */
const firstField = 'data-first'

export function FormDialog<Fields extends object>(props: {
  open: boolean
  title: ReactNode
  submit: string
  danger?: boolean
  form?: FormInstance<Fields>
  /** Awaited; a rejection is shown in the dialog, success is the caller's to act on. */
  onSubmit: (fields: Fields) => Promise<void>
  onClose: () => void
  /** Becomes `<name>-dialog` and `<name>-submit` in data-testid. */
  name: string
  width?: number
  children: ReactNode
}) {
  const { t } = useTranslation()
  const id = useId()
  const first = useRef<HTMLDivElement>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<CodedError>()
  const finish = async (fields: Fields) => {
    // The fields stay enabled, or they would lose the focus: Enter may come twice.
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await props.onSubmit(fields)
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal
      open={props.open}
      title={props.title}
      width={props.width ?? 480}
      // The buttons of the longest one stand on a screen of 800 pixels.
      style={{ top: 'min(8vh, 100px)' }}
      onCancel={() => {
        if (!busy) props.onClose()
      }}
      afterOpenChange={(open) => {
        // Without motion the dialog takes the focus to itself after the field has had it; where somebody has gone on already, he stays.
        const isInside = first.current?.contains(document.activeElement)
        if (open && !isInside) first.current?.querySelector<HTMLElement>(`[${firstField}]`)?.focus()
      }}
      afterClose={() => setError(undefined)}
      destroyOnHidden
      okText={props.submit}
      confirmLoading={busy}
      okButtonProps={{
        htmlType: 'submit',
        form: id,
        danger: props.danger ?? false,
        'data-testid': `${props.name}-submit`,
      }}
      cancelText={t('action.cancel')}
      cancelButtonProps={{ disabled: busy, 'data-testid': `${props.name}-cancel` }}
    >
      <div ref={first} data-testid={`${props.name}-dialog`}>
        {error && <ErrorNotice error={error} />}
        <Form<Fields>
          id={id}
          layout="vertical"
          preserve={false}
          onFinish={(fields) => void finish(fields)}
          {...(props.form ? { form: props.form } : {})}
        >
          {props.children}
        </Form>
      </div>
    </Modal>
  )
}
