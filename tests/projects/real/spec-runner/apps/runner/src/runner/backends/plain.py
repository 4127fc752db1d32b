def describe(request):
    return f"{request.method} {request.url}"
