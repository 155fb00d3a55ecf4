/** A form in a page, read well enough to fill it in without a browser. */
export interface FormPage {
  /** Where the form is sent. */
  readonly action: string
  /** What its input fields hold before anybody types. */
  readonly fields: URLSearchParams
}

/** The first form of the page at `url`, if there is one. */
export function readForm(html: string, url: string): FormPage | undefined {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html)
  if (!form) return undefined
  const [, formTag = "", content = ""] = form
  const fields = new URLSearchParams()
  for (const [, tag = ""] of content.matchAll(/<input\b([^>]*)>/gi)) {
    const name = attribute(tag, "name")
    // An unticked box and an unpressed button are not part of what a browser sends.
    if (name && !/^(checkbox|radio|submit|button)$/i.test(attribute(tag, "type") ?? "text"))
      fields.set(name, attribute(tag, "value") ?? "")
  }
  return { action: new URL(attribute(formTag, "action") ?? "", url).href, fields }
}

/** What the page says, for an error message: its text without markup, shortened. */
export function readText(html: string): string {
  const body = /<body\b[^>]*>([\s\S]*)<\/body>/i.exec(html)?.[1] ?? html
  const text = body.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]+>/g, " ")
  return decodeEntities(text).replace(/\s+/g, " ").trim().slice(0, 300)
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(tag)
  const value = found?.[1] ?? found?.[2] ?? found?.[3]
  return value === undefined ? undefined : decodeEntities(value)
}

function decodeEntities(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
}
