using System.Text.Json;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace LlmTelemetry.AspNetCore;

/// <summary>A refusal as problem details. Never the exception's own message, which tells figures and whose they are.</summary>
internal sealed class BudgetProblem(BudgetProblemOptions options)
{
    private const string Type = "urn:llmtelemetry:problem:";

    /// <summary>Whole seconds until it may be tried again, rounded up; null: waiting does not help.</summary>
    public static long? RetryAfter(BudgetExceededException refusal) => refusal.RetryAfter is { } wait ? Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)) : null;

    public ProblemDetails Of(BudgetExceededException refusal, HttpRequest request)
    {
        var shown = refusal.State is { } state && options.ShowFigures(state);
        var problem = refusal.Reason switch
        {
            BudgetRefusal.StoreUnavailable => New(StatusCodes.Status503ServiceUnavailable, "budget-unavailable", "Budget cannot be checked"),
            BudgetRefusal.UnknownPrice => New(StatusCodes.Status403Forbidden, "price-unknown", "Price not known"),
            _ => New(StatusCodes.Status429TooManyRequests, "budget-exceeded", "Budget exceeded"),
        };
        problem.Detail = BudgetProblemText.Of(refusal, shown, RetryAfter(refusal));
        problem.Instance = request.PathBase.Add(request.Path).ToUriComponent();
        Add(problem.Extensions, refusal, shown);
        return problem;
    }

    /// <summary>As configuration and metrics write it: <c>input_tokens</c>.</summary>
    private static string Word(BudgetUnit unit) => JsonNamingPolicy.SnakeCaseLower.ConvertName(unit.ToString());

    private static ProblemDetails New(int status, string type, string title) => new() { Status = status, Type = Type + type, Title = title };

    private static void Add(IDictionary<string, object?> members, BudgetExceededException refusal, bool shown)
    {
        members["limitName"] = refusal.LimitName;
        if (refusal.State is { } state)
        {
            members["unit"] = Word(state.Unit);
            members["window"] = state.Window.ToString();
            if (refusal.Reason == BudgetRefusal.OverLimit)
            {
                members["requested"] = refusal.Requested;
            }

            // Null is unlimited: absent says "not told".
            if (shown)
            {
                members["limit"] = state.Limit;
                members["used"] = state.Used;
                members["held"] = state.Held;
                members["remaining"] = state.Remaining;
            }

            if (state.ResetsAt is { } resetsAt)
            {
                members["resetsAt"] = resetsAt.ToUniversalTime();
            }
        }

        if (RetryAfter(refusal) is { } seconds)
        {
            members["retryAfter"] = seconds;
        }
    }
}
