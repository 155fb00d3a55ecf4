import { jsonRoute } from "@/http/json-route"
import { fetchUserinfo } from "@/upstream/userinfo"

export const GET = jsonRoute(fetchUserinfo)
