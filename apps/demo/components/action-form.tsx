"use client"
/** A form with one button, and the sentence that its action answers. */
import { type ReactNode, useActionState } from "react"

interface ActionFormProps {
  action: (previous: string, form: FormData) => Promise<string>
  label: string
  children?: ReactNode
}

export function ActionForm({ action, label, children }: ActionFormProps) {
  const [answer, submit, pending] = useActionState(action, "")
  return (
    <form action={submit}>
      {children}
      <button type="submit" className="primary" disabled={pending}>
        {label}
      </button>
      <p role="status" className="quiet">
        {answer}
      </p>
    </form>
  )
}
