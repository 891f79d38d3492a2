using System.Globalization;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.AspNetCore;

/// <summary>Answers a request that a budget refused.</summary>
internal sealed class BudgetExceptionHandler(IOptions<BudgetProblemOptions> options) : IExceptionHandler
{
    private readonly BudgetProblem _problem = new(options.Value);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var response = httpContext.Response;
        if (response.HasStarted || Refusal(exception) is not { } refusal)
        {
            return false;
        }

        var problem = _problem.Of(refusal, httpContext.Request);
        response.StatusCode = problem.Status!.Value;
        if (BudgetProblem.RetryAfter(refusal) is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        // The application's own way of writing problems goes first. It declines a caller who accepts no JSON; who is refused is told why all the same.
        var service = httpContext.RequestServices.GetService<IProblemDetailsService>();
        if (service is null || !await service.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = problem, Exception = exception }).ConfigureAwait(false))
        {
            await BudgetProblemJson.WriteAsync(response, problem, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    // Clients, retries and Task.WaitAll wrap what they pass on.
    private static BudgetExceededException? Refusal(Exception? exception) => exception switch
    {
        null => null,
        BudgetExceededException refusal => refusal,
        AggregateException many => many.InnerExceptions.Select(Refusal).FirstOrDefault(refusal => refusal is not null),
        _ => Refusal(exception.InnerException),
    };
}
