"""Staff pages about requests. They translate between the browser and the verbs of `services`; they decide nothing."""
