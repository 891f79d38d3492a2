using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmTelemetry.TestKit;

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

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin", "cross-site")]
    [InlineData("Origin", "http://evil.example", "http://127.0.0.1")]
    public async Task Origin_that_is_said_twice_is_not_the_own(string header, string first, string second)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(service.Url.Host, service.Url.Port, Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/tokens/today HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}: {first}\r\n{header}: {second}\r\n\r\n"), Token);

        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 403", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Method_that_a_path_does_not_have_is_told_so_whatever_its_body_is()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var form = new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await service.Http.PutAsync("/api/usage", form, Token);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET"), (answer.StatusCode, answer.Content.Headers.Allow.Single()));
    }

    [Fact]
    public async Task Page_of_another_origin_that_asks_for_what_only_an_admin_may_is_in_the_audit_log()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/admin/erase") { Content = Json("""{"user":"ada"}"""), Headers = { { "Origin", "http://evil.example" } } };
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);

        // Written once the answer is.
        await Eventually.HoldsAsync(() => Task.FromResult(service.Logs.Lines.Any(line => line.Category == Audit.Category)), "it is in the audit log");
        Assert.Equal("(no key) from 127.0.0.1: POST /api/admin/erase (-): 403", Assert.Single(service.Logs.Lines, line => line.Category == Audit.Category).Text);
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
