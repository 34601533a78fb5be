package acp

// variables are the secrets that a merchant is asked with, "" for one that is not given.
type variables struct {
	token        string // of the agent, which is its identity
	otherToken   string // of another agent, for a check
	signingKey   string
	paymentToken string
}

// standardPaymentToken is what buys where no token is given.
const standardPaymentToken = "spt_123"

// variablesOf picks the variables from those of the environment, by their names without
// SAGALAB_VAR_.
func variablesOf(vars map[string]string) variables {
	v := variables{token: vars["token"], otherToken: vars["other_token"], signingKey: vars["signing_key"], paymentToken: vars["payment_token"]}
	if v.paymentToken == "" {
		v.paymentToken = standardPaymentToken
	}
	return v
}

// secrets returns those that were given.
func (v variables) secrets() (list []string) {
	for _, value := range []string{v.token, v.otherToken, v.signingKey, v.paymentToken} {
		if value != "" && value != standardPaymentToken {
			list = append(list, value)
		}
	}
	return list
}
