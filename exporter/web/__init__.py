"""The HTTP side: endpoints, the landing page and the exposition's negotiation."""
