using Microsoft.OpenApi;

namespace LlmTelemetry.Service;

/// <summary>Statistics, reports and records over HTTP: docs/api.md.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").Require(ApiScopes.Read).AllowTenants().WithTags("usage");
        api.AddEndpointFilter<RouteGroupBuilder, ReadFailures>();

        api.MapGet("/usage", ReportAnswers.StatisticsAsync)
            .Describe("getUsage", "Usage statistics in one call: all that is kept, today, this month, and a period by provider, model, user and feature.", ReportAnswers.OfStatistics);
        api.MapGet("/reports", ReportAnswers.ReportAsync)
            .Describe("getReport", "What llmtelemetry report prints: totals and breakdowns over a range of days.", ReportAnswers.OfReport, ApiAnswers.CsvType);
        api.MapGet("/top", ReportAnswers.TopAsync)
            .Describe("getTop", "What llmtelemetry top prints: who or what cost the most, what the others have, and the total.", ReportAnswers.OfTop, ApiAnswers.CsvType);
        api.MapGet("/trend", ReportAnswers.TrendAsync)
            .Describe("getTrend", "What llmtelemetry trend prints: a period beside the one before it.", ReportAnswers.OfTrend);
        api.MapGet("/forecast", ReportAnswers.ForecastAsync)
            .Describe("getForecast", "What llmtelemetry forecast prints: what today and this month will have cost.", ReportAnswers.OfForecast);
        api.MapGet("/records", RecordAnswers.PageAsync)
            .Describe("listRecords", "A page of the records of single calls, the latest first; the header Link says where the next one is.", RecordAnswers.OfPage, ApiAnswers.JsonLinesType, ApiAnswers.CsvType);
        api.MapGet("/records/{id}", RecordAnswers.OneAsync)
            .Describe("getRecord", "The record of one call.", [])
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string name, string summary, IReadOnlyList<ApiParameter> parameters, params string[] alsoAs)
    {
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            foreach (var parameter in parameters)
            {
                var text = new OpenApiSchema { Type = JsonSchemaType.String };
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = parameter.Name,
                    In = ParameterLocation.Query,
                    Description = parameter.Description,
                    Schema = parameter.Repeats ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = text } : text,
                });
            }

            return Task.CompletedTask;
        });
        return endpoint.WithName(name).WithSummary(summary)
            .Produces(StatusCodes.Status200OK, contentType: ApiAnswers.JsonType, additionalContentTypes: alsoAs)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }
}
