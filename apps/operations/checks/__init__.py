"""What the self-check looks at on behalf of the whole site; other rooms register their own."""
