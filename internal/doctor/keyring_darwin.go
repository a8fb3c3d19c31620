package doctor

const openKeyring = "security unlock-keychain"
