/** What a person sees while the store cannot be read: not "signed out", because nobody knows that. */

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>One moment</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }</style>
</head><body><main><h1>One moment</h1>
<p>We cannot tell right now whether you are signed in. You have not been signed out; please try again shortly.</p>
<p><a href="">Try again</a></p></main></body></html>`

/** The 503 as a page, with the `Retry-After` of the answer that it stands for. */
export function unknownPage(answer: Response): Response {
  const headers = new Headers({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" })
  const retryAfter = answer.headers.get("retry-after")
  if (retryAfter !== null) headers.set("retry-after", retryAfter)
  return new Response(page, { status: 503, headers })
}
