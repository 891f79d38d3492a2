using System.Security.Claims;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.AspNetCore.Tests;

/// <summary>A real server on the loopback: what its handlers see as their scope.</summary>
public sealed class UsageAttributionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sub")]
    [InlineData(ClaimTypes.NameIdentifier)]
    [InlineData("oid")]
    public async Task Claims_tell_user_tenant_and_tier_and_the_route_the_feature(string userClaim)
    {
        await using var app = await StartAsync(claims: [new(userClaim, "ada"), new("tid", "acme"), new("plan", "premium")]);

        Assert.Equal("ada|acme|/orders/{id}|premium", await GetAsync(app, "/orders/17?x=1"));
    }

    [Fact]
    public async Task First_claim_of_the_list_counts()
    {
        await using var app = await StartAsync(claims: [new("oid", "object"), new("sub", "subject")]);

        Assert.Equal("subject||/orders/{id}|", await GetAsync(app, "/orders/1"));
    }

    [Fact]
    public async Task Claims_of_an_identity_that_is_not_authenticated_say_nothing()
    {
        await using var app = await StartAsync(claims: [new("sub", "mallory")], isAuthenticated: false);

        Assert.Equal("||/orders/{id}|", await GetAsync(app, "/orders/1"));
    }

    [Fact]
    public async Task Endpoint_that_names_its_feature_goes_before_its_group_and_its_route()
    {
        await using var app = await StartAsync();

        Assert.Equal("||assistant|", await GetAsync(app, "/chat/ask"));
        Assert.Equal("||summaries|", await GetAsync(app, "/chat/summary"));
    }

    [Fact]
    public async Task Request_without_a_route_has_no_feature_of_its_path()
    {
        await using var app = await StartAsync();

        Assert.Equal("|||", await GetAsync(app, "/no/such/route/17"));
    }

    [Fact]
    public async Task Route_is_no_feature_where_that_is_switched_off()
    {
        await using var app = await StartAsync(configure: o => o.FeatureFromRoute = false);

        Assert.Equal("|||", await GetAsync(app, "/orders/1"));
        Assert.Equal("||summaries|", await GetAsync(app, "/chat/summary"));
    }

    [Fact]
    public async Task Callback_goes_before_claims_and_leaves_what_it_does_not_say()
    {
        await using var app = await StartAsync(
            claims: [new("sub", "ada"), new("tenant", "acme")],
            configure: o => o.Attribution = request => new Attribution(User: request.Request.Headers["X-On-Behalf-Of"]));

        Assert.Equal("bob|acme|/orders/{id}|", await GetAsync(app, "/orders/1", ("X-On-Behalf-Of", "bob")));
        Assert.Equal("ada|acme|/orders/{id}|", await GetAsync(app, "/orders/1"));
    }

    [Fact]
    public async Task Callback_that_throws_costs_neither_the_request_nor_what_claims_say()
    {
        await using var app = await StartAsync(claims: [new("sub", "ada")], configure: o => o.Attribution = _ => throw new InvalidOperationException());

        Assert.Equal("ada||/orders/{id}|", await GetAsync(app, "/orders/1"));
    }

    [Fact]
    public async Task Parallel_requests_see_their_own_user_only()
    {
        await using var app = await StartAsync(configure: o => o.Attribution = request => new Attribution(User: request.Request.Query["as"]));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => GetAsync(app, $"/slow?as=user{n}")));

        Assert.Equal(Enumerable.Range(0, 200).Select(n => $"user{n}||/slow|"), answers);
        Assert.Equal(default, UsageScope.Current);
    }

    [Fact]
    public async Task Options_changed_later_change_nothing()
    {
        UsageAttributionOptions? kept = null;
        await using var app = await StartAsync(claims: [new("sub", "ada")], configure: o => kept = o);
        kept!.UserClaims.Clear();

        Assert.Equal("ada||/orders/{id}|", await GetAsync(app, "/orders/1"));
    }

    [Fact]
    public async Task Feature_without_a_name_is_refused()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        Assert.Throws<ArgumentException>("feature", () => app.MapGet("/", () => "").WithUsageFeature(" "));
    }

    private static async Task<WebApplication> StartAsync(Claim[]? claims = null, bool isAuthenticated = true, Action<UsageAttributionOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity(claims, isAuthenticated ? "test" : null));
            return next(context);
        });
        app.UseUsageAttribution(configure);
        app.MapGet("/orders/{id}", (string id) => Said());
        app.MapGet("slow", async () =>
        {
            await Task.Yield();
            return Said();
        });
        var chat = app.MapGroup("/chat").WithUsageFeature("assistant");
        chat.MapGet("/ask", Said);
        chat.MapGet("/summary", Said).WithUsageFeature("summaries");
        app.Run(context => context.Response.WriteAsync(Said()));
        await app.StartAsync(Token);
        return app;
    }

    private static string Said() => $"{UsageScope.Current.User}|{UsageScope.Current.Tenant}|{UsageScope.Current.Feature}|{UsageScope.Current.Tier}";

    private static async Task<string> GetAsync(WebApplication app, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await http.SendAsync(request, Token);
        return await response.Content.ReadAsStringAsync(Token);
    }
}
