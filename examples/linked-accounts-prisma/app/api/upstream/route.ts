import { jsonRoute } from "@/json-route"
import { fetchUserinfo } from "@/userinfo"

export const GET = jsonRoute(fetchUserinfo)
