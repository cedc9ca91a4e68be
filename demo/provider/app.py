"""The provider as a web application: its endpoints, and its own for statistics and faults."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from demo.provider import answers, inbox, klaviyo, sendgrid, sendgrid_dialect, twilio, twilio_dialect
from demo.provider.callbacks import Callbacks
from demo.provider.clock import Clock
from demo.provider.context import Context
from demo.provider.endpoints import Endpoints
from demo.provider.faults import Faults
from demo.provider.gate import Gate
from demo.provider.limits import Windows
from demo.provider.options import Options
from demo.provider.specifications import Judge
from demo.provider.state import ProviderState

Endpoint = Callable[[Request, Context], Awaitable[Response]]


def build(state: ProviderState, clock: Clock, options: Options) -> tuple[ASGIApp, Callbacks]:
    """The web application over a state, and who calls senders back: to be stopped with it."""
    faults, windows = Faults(), Windows(options)
    callbacks = Callbacks(state, clock, options, faults)
    context = Context(state, clock, options, callbacks)
    judge = None if options.specifications is None else Judge(options.specifications, windows.violations)

    def speaks_klaviyo(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                answers.check_headers(request, options)
                return await endpoint(request, context)
            except answers.KlaviyoError as error:
                return answers.error_answer(error)

        return answer

    def speaks_twilio(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request, context)
            except twilio_dialect.TwilioError as error:
                return twilio_dialect.error_answer(error)

        return answer

    def speaks_sendgrid(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                sendgrid_dialect.check_key(request, options)
                return await endpoint(request, context)
            except sendgrid_dialect.SendGridError as error:
                return sendgrid_dialect.error_answer(error)

        return answer

    def plainly(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await endpoint(request, context)

        return answer

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def stats(request: Request) -> Response:
        messages = state.read("select provider, count(*) from messages where direction = 'outbound' group by provider")
        counters = {"accepted": 0, "repeated": 0, **dict(map(tuple, state.read("select name, value from counters")))}
        return JSONResponse(
            {
                "requests": gate.requests,
                "answers": gate.answers,
                "limited": +windows.limited,
                "violations": windows.violations,
                "impatient": windows.impatient,
                "specifications": {} if judge is None else judge.told(),
                "faults": faults.fired,
                "callbacks": callbacks.told(),
                "messages": {"klaviyo": 0, "twilio": 0, "sendgrid": 0, **dict(map(tuple, messages))},
                "events": counters,
            }
        )

    async def order_faults(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(faults.listed())
        if request.method == "DELETE":
            faults.clear()
            return Response(status_code=204)
        try:
            return JSONResponse(faults.order(await request.json()), status_code=201)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    routes = [
        Route("/", plainly(inbox.overview)),
        Route("/inbox/{recipient}", plainly(inbox.recipient)),
        Route("/healthz", healthz),
        Route("/_stats", stats),
        Route("/_faults", order_faults, methods=["GET", "POST", "DELETE"]),
        *(Route(path, speaks_klaviyo(endpoint), methods=[method]) for method, path, endpoint in klaviyo.ROUTES),
        *(Route(path, speaks_twilio(endpoint), methods=[method]) for method, path, endpoint in twilio.ROUTES),
        *(Route(path, speaks_sendgrid(endpoint), methods=[method]) for method, path, endpoint in sendgrid.ROUTES),
        Route(sendgrid.DOWNLOAD[1], plainly(sendgrid.DOWNLOAD[2]), methods=[sendgrid.DOWNLOAD[0]]),
    ]
    gate = Gate(Starlette(routes=routes), Endpoints(options), windows, faults, judge)
    return gate, callbacks
