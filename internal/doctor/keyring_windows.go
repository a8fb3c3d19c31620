package doctor

const openKeyring = "control /name Microsoft.CredentialManager"
