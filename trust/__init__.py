"""Likeness Trust: licences, streamed pay and audited usage of performers' digital replicas."""
