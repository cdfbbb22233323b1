"""What everything stands on, and what knows neither Flask nor a feature: database, money, time, states, change
stream.
"""
