import { readFileSync, readdirSync } from "node:fs";
import { tasks } from "hardhat";
const root="/work/wt/orders/";
const { createGasWorld } = await import(root+"scripts/bench/gas/world.ts");
const { createDigitProver } = await import(root+"scripts/bench/gas/prover.ts");
const { FLOWS } = await import(root+"scripts/bench/gas/flows.ts");
await tasks.getTask("build").run({ quiet: true, noTests: true });
const flowName=process.argv[2], contract=process.argv[3];
const prover=await createDigitProver(()=>{});
const world=await createGasWorld(async()=>prover);
const flow=FLOWS[flowName];
await flow({world,index:0n,step:(_p,w)=>world.send(w)});
world.pass(20000);
let hash;
await flow({world,index:1n,step:async(p,w)=>{const r=await world.send(w); if(!hash) hash=r.transactionHash;}});
const art=JSON.parse(readFileSync(`${root}artifacts/contracts/${contract}.sol/${contract}.json`,"utf8"));
const out=JSON.parse(readFileSync(`${root}artifacts/build-info/${art.buildInfoId}.output.json`,"utf8"));
const inp=JSON.parse(readFileSync(`${root}artifacts/build-info/${art.buildInfoId}.json`,"utf8"));
const name=art.inputSourceName;
const dep=out.output.contracts[name][contract].evm.deployedBytecode;
const code=Buffer.from(dep.object.replace(/__\$.*?\$__/g,"0".repeat(40)),"hex");
const pcToIdx=new Map();let i=0;for(let pc=0;pc<code.length;pc++){pcToIdx.set(pc,i++);const op=code[pc];if(op>=0x60&&op<=0x7f)pc+=op-0x5f;}
const map=[];let prev=["","","","",""];for(const e of dep.sourceMap.split(";")){const p=e.split(":");prev=prev.map((v,k)=>p[k]!==undefined&&p[k]!==""?p[k]:v);map.push([...prev]);}
const files=new Map(Object.entries(out.output.sources).map(([f,s])=>[String(s.id),f]));
const text=(f)=>inp.input.sources[f]?.content??"";
const {structLogs}=await world.chain.request({method:"debug_traceTransaction",params:[hash,{disableStorage:true}]});
const agg=new Map();let total=0;
for(let k=0;k<structLogs.length;k++){const s=structLogs[k];if(s.depth!==1)continue;let c=s.gasCost;const n=structLogs[k+1];if(/CALL|SLOAD|SSTORE|LOG/.test(s.op)) continue; if(n&&n.depth===1)c=s.gas-n.gas;
 const m=map[pcToIdx.get(s.pc)];let key="?";if(m){const f=files.get(m[2]);if(f){const t=text(f);const line=t.slice(0,Number(m[0])).split("\n").length;key=f.split("/").pop()+":"+line+" "+(t.split("\n")[line-1]??"").trim().slice(0,90);}}
 agg.set(key,(agg.get(key)??0)+c);total+=c;}
console.log(total);
const blocks=new Map();let cur=null;
for(let k=0;k<structLogs.length;k++){const s=structLogs[k];if(s.depth!==1){continue;}
 if(s.op==="JUMPDEST"||cur===null||structLogs[k-1]?.op==="JUMPI")cur=s.pc;
 let c=s.gasCost;const n=structLogs[k+1];if(/CALL|SLOAD|SSTORE|LOG/.test(s.op))c=0;else if(n&&n.depth===1)c=s.gas-n.gas;
 const b=blocks.get(cur)??{gas:0,count:0,ops:new Map()};b.gas+=c;if(s.pc===cur)b.count++;if(!b.ops.has(s.pc))b.ops.set(s.pc,s.op+(s.op.startsWith("PUSH")?"":"") );blocks.set(cur,b);}
for(const [pc,b] of [...blocks].sort((a,b)=>b[1].gas-a[1].gas).slice(0,25)){const m=map[pcToIdx.get(pc)];const f=files.get(m?.[2]);const line=f?text(f).slice(0,Number(m[0])).split("\n").length:0;console.log("BLOCK",pc,b.gas,b.count,f?.split("/").pop()+":"+line,[...b.ops.values()].join(" ").slice(0,260));}

for(const [k,v] of [...agg].sort((a,b)=>b[1]-a[1]).slice(0,60))console.log(v,k);
await world.close();await prover.close();
process.exit(0);
