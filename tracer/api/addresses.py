"""Where the API lives."""

V1 = "/api/v1"
