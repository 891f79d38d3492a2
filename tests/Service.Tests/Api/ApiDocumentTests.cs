using System.Net;
using System.Text.Json;
using LlmTelemetry.Service.Tests.Serving;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Service.Tests.Api;

/// <summary>The OpenAPI document: it describes every endpoint, and what it describes answers.</summary>
public sealed class ApiDocumentTests
{
    // Not of the API: the document itself, and what senders of telemetry know by their own protocol.
    private const string Itself = "openapi";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Document_describes_every_endpoint_with_summary_responses_and_scopes()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var document = await ReadAsync(service);
        var described = Operations(document).ToArray();
        var mapped = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RequiredScopes>() is not null && endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null && !endpoint.RoutePattern.RawText!.Contains(Itself, StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method.ToLowerInvariant()} /{endpoint.RoutePattern.RawText!.TrimStart('/')}"));
        Assert.Empty(mapped.Except(described.Select(operation => $"{operation.Method} {operation.Path}")));
        foreach (var (method, path, operation) in described)
        {
            Assert.True(operation.TryGetProperty("summary", out var summary) && summary.GetString() is { Length: > 10 }, $"{method} {path} has no summary.");
            Assert.True(operation.GetProperty("responses").EnumerateObject().Any(response => response.Name.StartsWith('2')), $"{method} {path} has no answer.");
            Assert.True(operation.GetProperty("responses").TryGetProperty("429", out _), $"{method} {path} does not say that it is limited.");
            Assert.True(!path.StartsWith("/api/", StringComparison.Ordinal) || operation.GetProperty("security").GetArrayLength() == 2, $"{method} {path} does not say that it asks for a key.");
        }
    }

    [Fact]
    public async Task Everything_that_can_be_got_answers_in_a_type_that_the_document_says()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await service.StoreIsOpenAsync();
        using var document = await ReadAsync(service);
        var gets = Operations(document).Where(operation => operation.Method == "get").ToArray();
        Assert.NotEmpty(gets);
        foreach (var (_, path, operation) in gets)
        {
            using var answer = await service.Http.GetAsync(path.Replace("{user}", "ada", StringComparison.Ordinal).Replace("{id}", "x", StringComparison.Ordinal), Token);
            var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(operation.GetProperty("responses").TryGetProperty(status, out var response), $"{path}: {status} is not described.");
            Assert.True((int)answer.StatusCode < 500, $"{path}: {status}");
            if (answer.StatusCode == HttpStatusCode.OK && response.TryGetProperty("content", out var content))
            {
                Assert.Contains(answer.Content.Headers.ContentType!.MediaType, content.EnumerateObject().Select(type => type.Name));
            }
        }
    }

    private static async Task<JsonDocument> ReadAsync(ServiceUnderTest service) => JsonDocument.Parse(await service.Http.GetStringAsync("/openapi/v1.json", Token));

    private static IEnumerable<(string Method, string Path, JsonElement Operation)> Operations(JsonDocument document) =>
        document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (operation.Name, path.Name, operation.Value)));
}
