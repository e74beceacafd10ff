"""The register: what the company says it does with personal data, in one file that everything else reads."""
