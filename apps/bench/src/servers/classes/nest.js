import { Controller, Get } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

import { greeting } from '../greeting.js'

class AppController {
  greet() {
    return greeting()
  }
}

// What `@Controller()` and `@Get()` do, as calls.
Controller()(AppController)
const { prototype } = AppController
Get()(prototype, 'greet', Object.getOwnPropertyDescriptor(prototype, 'greet'))

export default await NestFactory.create({ controllers: [AppController] }, { logger: false })
