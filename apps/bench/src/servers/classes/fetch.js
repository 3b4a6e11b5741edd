import { greeting } from '../greeting.js'

export default {
  fetch() {
    return Response.json(greeting())
  },
}
