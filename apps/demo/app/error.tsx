"use client"
/** Most likely the store went away between the proxy and the page. Next answers with 500. */

export default function ErrorPage({ retry }: { retry: () => void }) {
  return (
    <main>
      <h1>One moment</h1>
      <p>Something failed on our side, and we cannot tell right now whether you are signed in.</p>
      <button type="button" className="primary" onClick={retry}>
        Try again
      </button>
    </main>
  )
}
