/** What is wrong with the history of an account row. */
import { type NumberedTokens, readNumbered } from "../providers/numbered-provider.ts"
import { type Issue, isNewer } from "./watched-grants.ts"

export interface Judgement {
  /** One sentence for each update that should not have been. */
  offences: string[]
  /** Updates to the pair of another login that was committed earlier: the order of commits is not that of the dates. */
  overtaken: number
}

/**
 * Judges every update: its pair is whole, the store has held it, and it is newer than the pair before it.
 *
 * @param history What the row held, oldest first.
 * @param issues What the store held, in the order of the commits.
 */
export function judgeHistory(history: readonly NumberedTokens[], issues: readonly Issue[]): Judgement {
  const offences: string[] = []
  let overtaken = 0
  let previous: { issue: Issue; position: number } | undefined
  for (const [update, { access_token, refresh_token }] of history.entries()) {
    const position = positionOf(issues, access_token)
    const issue = issues[position]
    if (!issue || position !== positionOf(issues, refresh_token)) {
      offences.push(`update ${update} wrote "${access_token}" with "${refresh_token}"`)
      continue
    }
    if (previous && !isNewer(issue, previous.issue)) {
      offences.push(`update ${update} wrote ${nameOf(issue)} over ${nameOf(previous.issue)}`)
    }
    if (previous && position < previous.position) overtaken += 1
    previous = { issue, position }
  }
  return { offences, overtaken }
}

function positionOf(issues: readonly Issue[], token: string): number {
  const numbered = readNumbered(token)
  return issues.findIndex(
    ({ session, number }) => session === numbered?.session && number === numbered.number,
  )
}

const nameOf = ({ session, number }: Issue): string => `${session} ${number}`
