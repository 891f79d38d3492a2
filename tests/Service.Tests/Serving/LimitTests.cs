using System.Net;
using System.Text;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>How much one caller may ask.</summary>
public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Caller_that_asks_too_much_is_told_when_to_come_again_and_others_are_not_kept_waiting()
    {
        var (busy, ofBusy) = ServiceUnderTest.NewKey("busy", "read");
        var (quiet, ofQuiet) = ServiceUnderTest.NewKey("quiet", "read");
        await using var service = await ServiceUnderTest.StartAsync([.. ofBusy, .. ofQuiet, ("Service:RequestsPerSecond", "1")]);
        using var client = service.Client(busy);
        List<HttpResponseMessage> answers = [];
        for (var i = 0; i < 12; i++)
        {
            answers.Add(await client.GetAsync("/api/tokens/today", Token));
        }

        var refused = answers.FindAll(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)));
        Assert.Equal(HttpStatusCode.OK, answers[0].StatusCode);
        using var other = service.Client(quiet);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/tokens/today", Token)).StatusCode);
        answers.ForEach(answer => answer.Dispose());
    }

    [Fact]
    public async Task Wrong_keys_are_limited_and_the_right_one_from_the_same_address_is_not()
    {
        var (key, settings) = ServiceUnderTest.NewKey("web", "read");
        await using var service = await ServiceUnderTest.StartAsync([.. settings, ("Service:FailedKeysPerMinute", "3")]);
        using var wrong = service.Client("llmt_wrong");
        List<HttpStatusCode> statuses = [];
        for (var i = 0; i < 6; i++)
        {
            using var answer = await wrong.GetAsync("/api/tokens/today", Token);
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        using var right = service.Client(key);
        Assert.Equal(HttpStatusCode.OK, (await right.GetAsync("/api/tokens/today", Token)).StatusCode);
    }

    [Fact]
    public async Task Body_that_is_too_large_is_refused_and_changes_nothing()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var body = new StringContent($$"""{"tokens":1,"x":"{{new string('x', ApiBody.Most)}}"}""", Encoding.UTF8, "application/json");
        using var answer = await service.Http.PostAsync("/api/tokens/today", body, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"usage\":0,", await service.Http.GetStringAsync("/api/tokens/today", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_headers_are_refused()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        for (var i = 0; i < 100; i++)
        {
            request.Headers.Add($"X-Header-{i}", "x");
        }

        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }
}
