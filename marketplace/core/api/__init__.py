"""What every API door is made of: views, problems, parsers, strict serializers, scopes, limits,
pages.
"""
