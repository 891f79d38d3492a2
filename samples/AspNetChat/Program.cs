// A chat in the browser: users from claims, features from routes, answers as they are written, what each of them cost, and what is left of one's budget.
//   dotnet run --project samples/AspNetChat      then open the address that it prints
using LlmTelemetry.AspNetChat;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

var builder = WebApplication.CreateBuilder(args);

// 1. Exact sums of what is spent, kept in llmtelemetry.db; LlmTelemetry__Store=redis://HOST:6379 keeps them in Redis.
builder.Services.AddCostExporter();

// 2. What each user may use: what the plan allows (10 or 60 requests a minute ...), and little enough money a day to run into it.
builder.Services.AddBudgets(options => options.Limits.Add(new BudgetLimit("daily", BudgetUnit.Usd, 0.005m, BudgetWindow.Day, BudgetScope.User)));
builder.Services.AddBudgetExceptionHandler(); // Who has nothing left is answered 429 and when to come back.

// 3. The provider's client, tracked, and asked for only within the budgets. Everything else takes IChatClient and knows nothing of it.
builder.Services.AddSingleton<Provider>();
builder.Services.AddHostedService(services => services.GetRequiredService<Provider>());
builder.Services.AddSingleton(services => services.GetRequiredService<Provider>().CreateChatClient(services));

// 4. Whoever signs in; a real app has its own way.
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(DemoUsers.KeepOutWithoutRedirect);
builder.Services.AddAuthorization();
builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider(); // A sample leaves no keys behind.
Telemetry.AddTo(builder);

var app = builder.Build();
app.UseExceptionHandler();
app.UseAuthentication();
app.UseAuthorization();

// 5. Whom calls are for: user, tenant and plan from the claims, the feature from the route.
app.UseUsageAttribution(options => options.Attribution = request => new() { Conversation = request.Request.Headers["X-Conversation"] });

app.MapGet("/", () => Results.Stream(typeof(Chat).Assembly.GetManifestResourceStream("index.html")!, "text/html; charset=utf-8"));
DemoUsers.Map(app);
Chat.Map(app);
Spend.Map(app);
Quota.Map(app);
Telemetry.Map(app);
app.Run();
