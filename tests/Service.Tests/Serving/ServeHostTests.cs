using System.Net;
using System.Text.Json;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>The service itself: it starts, says how it is, and refuses in problem details.</summary>
public sealed class ServeHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Service_without_settings_lives_and_is_ready()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        Assert.Equal("""{"status":"ok"}""", await service.Http.GetStringAsync("/healthz", Token));
        await service.StoreIsOpenAsync();
        Assert.Equal("""{"status":"ready"}""", await service.Http.GetStringAsync("/readyz", Token));
    }

    [Fact]
    public async Task Service_starts_without_its_store_and_says_that_it_is_not_ready()
    {
        await using var service = await ServiceUnderTest.StartAsync([("Store", $"redis://127.0.0.1:{TestKit.Server.FreePort()}"), ("StoreTimeout", "00:00:00.200")]);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync("/healthz", Token)).StatusCode);
        using var ready = await service.Http.GetAsync("/readyz", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("""{"status":"store_unavailable"}""", await ready.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "Not Found")]
    [InlineData("POST", "/healthz", HttpStatusCode.MethodNotAllowed, "Method Not Allowed")]
    public async Task What_is_not_there_is_said_in_problem_details(string method, string path, HttpStatusCode status, string title)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((title, (int)status), (problem.RootElement.GetProperty("title").GetString(), problem.RootElement.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Every_answer_has_security_headers_and_none_names_the_server()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        foreach (var path in new[] { "/healthz", "/nothing" })
        {
            using var answer = await service.Http.GetAsync(path, Token);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.Empty(answer.Headers.Server);
        }
    }
}
