"""The OpenAPI document of the FSPIOP port, made of the resources' own tables and the typed bodies."""
