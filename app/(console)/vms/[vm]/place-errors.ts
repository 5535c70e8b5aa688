'use client'
import { useTranslations } from 'next-intl'
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { ProblemError } from '@/lib/wire/problem-error.ts'

type Code = 'needed' | 'formNumber' | 'formTags' | 'formMac' | 'formPath'

/**
 * Puts what is wrong beneath the fields it is about: what can't be read, and the API's own sentences.
 * @param fieldOf the form's field for one of the API's; null: it has none
 */
export function usePlaceErrors<Form extends FieldValues>(
  form: UseFormReturn<Form>,
  fieldOf: (field: string, values: Form) => (keyof Form & string) | null,
) {
  const t = useTranslations('vm-edit')
  const fieldsOf = (error: Error | null) => (error instanceof ProblemError ? error.fields : [])
  const placeOf = (field: string) => fieldOf(field, form.getValues())
  return {
    /** @returns whether there was nothing to say */
    own(errors: readonly { field: keyof Form & string; code: Code }[]): boolean {
      for (const { field, code } of errors) form.setError(field as Path<Form>, { message: t(code) })
      return errors.length === 0
    },
    theirs(error: Error): void {
      for (const { field, message } of fieldsOf(error)) {
        const named = placeOf(field)
        if (named !== null) form.setError(named as Path<Form>, { message })
      }
    },
    /** The error, unless all of it stands beneath fields already. */
    unplaced(error: Error | null): Error | null {
      const fields = fieldsOf(error)
      return fields.length > 0 && fields.every(({ field }) => placeOf(field) !== null) ? null : error
    },
  }
}
