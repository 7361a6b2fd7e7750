import { chromium } from 'playwright-core'; import { readFileSync } from 'node:fs';
const axe=readFileSync('node_modules/axe-core/axe.min.js','utf8');
const D='acme.firefishsoftware.com';
const views={agencies:'#/agencies',enable:'#/agencies/new.firefishsoftware.com',overview:`#/agencies/${D}`,settings:`#/agencies/${D}/settings`,activity:`#/agencies/${D}/activity`,event:`#/agencies/${D}/activity/sw-evt-1003`,progress:`#/agencies/${D}/progress`,failed:`#/agencies/${D}/failed`,signin:null};
const only=process.argv.slice(2);
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu']});
for(const w of [360,1280]){
  for(const [n,h] of Object.entries(views)){ if(only.length&&!only.includes(n))continue;
    const c=await b.newContext({viewport:{width:w,height:800},bypassCSP:true,colorScheme:process.env.DARK?'dark':'light'});
    const p=await c.newPage(); p.on('pageerror',e=>console.log(n,'PAGEERROR',e.message)); p.on('console',m=>m.type()==='error'&&console.log(n,'console',m.text()));
    if(h)await p.addInitScript(()=>sessionStorage.setItem('session',JSON.stringify({accessToken:'x',expiresAt:Date.now()+1e7})));
    await p.goto('http://127.0.0.1:4777/console'+(h??'')); await p.waitForTimeout(700);
    const sw=await p.evaluate(()=>document.documentElement.scrollWidth); if(sw>w)console.log(n,w,'SCROLLS',sw);
    await p.evaluate(axe); const r=await p.evaluate(()=>axe.run());
    for(const v of r.violations)console.log(n,w,v.id,v.nodes.map(x=>x.target.join(' ')+' '+(x.failureSummary||'').split('\n')[1]).slice(0,4).join(' | '));
    await p.screenshot({path:`/tmp/standin/${n}-${w}.png`,fullPage:true}); await c.close();
  }}
await b.close();
