using System.Net;
using System.Text;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>A page that somebody visits must not reach the service of the machine that it is visited on.</summary>
public sealed class RequestGuardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example:4320", HttpStatusCode.MisdirectedRequest)]
    [InlineData("10.0.0.1", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LOCALHOST:1", HttpStatusCode.OK)]
    [InlineData("127.0.0.2:4320", HttpStatusCode.OK)]
    [InlineData("[::1]:4320", HttpStatusCode.OK)]
    public async Task Host_that_is_not_this_machine_is_refused_where_there_are_no_keys(string host, HttpStatusCode status)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tokens/today") { Headers = { Host = host } };
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Any_host_is_taken_where_there_are_keys()
    {
        var (key, settings) = ServiceUnderTest.NewKey("web", "read");
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var client = service.Client(key);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tokens/today") { Headers = { Host = "costs.example" } };
        using var answer = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/tokens/today", "Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/tokens/today", "Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/metrics", "Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/tokens/today", "Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/tokens/today", "Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/tokens/today", "Origin", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("POST", "/api/tokens/today", "Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/tokens/today", "Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("GET", "/api/tokens/today", "Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    [InlineData("POST", "/api/tokens/today", "Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("GET", "/healthz", "Sec-Fetch-Site", "cross-site", HttpStatusCode.OK)]
    public async Task Page_of_another_origin_is_refused(string method, string path, string header, string value, HttpStatusCode status)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? Json("""{"tokens":1}""") : null };
        request.Headers.Add(header, value);
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(status, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Page_of_the_own_origin_is_taken_by_its_origin_alone()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tokens/today") { Content = Json("""{"tokens":1}""") };
        request.Headers.Add("Origin", service.Url.GetLeftPart(UriPartial.Authority));
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/tokens/today")]
    [InlineData("/v1/traces")]
    public async Task Browser_that_asks_first_is_told_nothing(string path)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", "http://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.False(answer.IsSuccessStatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task Body_that_a_form_could_send_is_refused(string? type)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var body = Json("""{"tokens":1}""");
        body.Headers.Remove("Content-Type");
        if (type is not null)
        {
            body.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var answer = await service.Http.PostAsync("/api/tokens/today", body, Token);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("\"usage\":0,", await service.Http.GetStringAsync("/api/tokens/today", Token), StringComparison.Ordinal);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
