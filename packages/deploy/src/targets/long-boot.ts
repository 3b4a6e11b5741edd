/** What a boot whose time is not limited (boot-timeout 0) is given by those who have to give some. */
export const longBootMs = 600_000
